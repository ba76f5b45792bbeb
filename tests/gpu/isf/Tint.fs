/*{
    "DESCRIPTION": "Washes the picture with one colour",
    "CREDIT": "tests",
    "CATEGORIES": ["Color Effect"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "washColor", "TYPE": "color", "DEFAULT": [1.0, 0.6, 0.2, 1.0]},
        {"NAME": "strength", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.7},
        {"NAME": "keepBlacks", "TYPE": "bool", "DEFAULT": true}
    ]
}*/

void main() {
    vec4 src = IMG_THIS_PIXEL(inputImage);
    float luma = dot(src.rgb, vec3(0.299, 0.587, 0.114));
    vec3 washed = keepBlacks ? washColor.rgb * luma : mix(washColor.rgb, vec3(1.0), luma);
    gl_FragColor = vec4(mix(src.rgb, washed, strength * washColor.a), src.a);
}
