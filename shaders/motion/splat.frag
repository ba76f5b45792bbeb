// The paint of one texel, shared out to the four pixels around where it went; blended by adding.
// out  RGBA16F: colour times weight, weight
// Source: Niklaus & Liu, "Softmax Splatting for Video Frame Interpolation", CVPR 2020: moving paint outweighs still by e^2.
flat in vec4 v_paint;
flat in vec2 v_place;
out vec4 o_sum;

void main() {
    vec2 share = max(1.0 - abs(gl_FragCoord.xy - v_place), 0.0);
    o_sum = v_paint * share.x * share.y;
}
