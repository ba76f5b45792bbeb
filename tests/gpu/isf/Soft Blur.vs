varying vec2 left_coord;
varying vec2 right_coord;
varying vec2 above_coord;
varying vec2 below_coord;

void main() {
    isf_vertShaderInit();
    vec2 texel = blurSize / RENDERSIZE;
    left_coord = clamp(isf_FragNormCoord - vec2(texel.x, 0.0), 0.0, 1.0);
    right_coord = clamp(isf_FragNormCoord + vec2(texel.x, 0.0), 0.0, 1.0);
    above_coord = clamp(isf_FragNormCoord + vec2(0.0, texel.y), 0.0, 1.0);
    below_coord = clamp(isf_FragNormCoord - vec2(0.0, texel.y), 0.0, 1.0);
}
