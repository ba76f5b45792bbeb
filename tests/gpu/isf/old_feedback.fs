/*{
    "DESCRIPTION": "Version 1 of the format: persistent buffers are listed apart, results are a buffer",
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "decay", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.8}
    ],
    "PERSISTENT_BUFFERS": {
        "history": {"WIDTH": "$WIDTH/2.0", "HEIGHT": "$HEIGHT/2.0"}
    },
    "PASSES": [
        {"TARGET": "history"},
        {}
    ]
}*/
void main() {
    if (PASSINDEX == 0) {
        vec2 inward = 0.5 + (vv_FragNormCoord - 0.5) * 0.97;
        gl_FragColor = mix(IMG_THIS_PIXEL(inputImage), IMG_NORM_PIXEL(history, inward), decay);
    } else
        gl_FragColor = vec4(max(IMG_THIS_PIXEL(inputImage).rgb, texture2D(history, vv_FragNormCoord).rgb), 1.0);
}
