/*{
    "DESCRIPTION": "A transition, in the newer dialect: from the keyframe before to the one after",
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5}
    ]
}*/
vec4 at(sampler2D image, vec2 place) { return texture(image, place); }
void main() {
    gl_FragColor = isf_FragNormCoord.x < progress ? at(endImage, isf_FragNormCoord) : at(startImage, isf_FragNormCoord);
}
