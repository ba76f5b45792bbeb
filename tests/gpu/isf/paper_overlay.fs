/*{
    "DESCRIPTION": "Lays an imported picture over the walk",
    "ISFVSN": "2.0",
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "blendMode", "TYPE": "long", "VALUES": [0, 1, 4], "LABELS": ["Multiply", "Screen", "Paper only"], "DEFAULT": 0},
        {"NAME": "level", "TYPE": "float", "DEFAULT": 1.0}
    ],
    "IMPORTED": {
        "paper": {"PATH": "paper.png"}
    }
}*/
#version 120
vec3 screen(vec3 a, vec3 b) { return 1. - (1. - a) * (1. - b); }
void main() {
    vec4 src = IMG_PIXEL(inputImage, gl_FragCoord.xy);
    vec3 tile = IMG_NORM_PIXEL(paper, isf_FragNormCoord).rgb;
    vec3 res = src.rgb * tile;
    if (blendMode == 1) res = screen(src.rgb, tile);
    else if (blendMode == 4) res = tile;
    gl_FragColor = vec4(mix(src.rgb, res, level), 1);
}
