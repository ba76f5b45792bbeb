/*{
    "DESCRIPTION": "Light that lingers in a buffer of floats; an event wipes it",
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "linger", "TYPE": "float", "MIN": 0, "MAX": 0.99, "DEFAULT": 0.9},
        {"NAME": "wipe", "TYPE": "event"}
    ],
    "PASSES": [
        {"TARGET": "trail", "PERSISTENT": true, "FLOAT": true}
    ]
}*/
void main() {
    vec4 fresh = IMG_THIS_PIXEL(inputImage);
    vec4 stale = IMG_THIS_PIXEL(trail);
    if (FRAMEINDEX == 0 || wipe)
        stale = vec4(0.0);
    gl_FragColor = max(fresh, stale * linger);
}
