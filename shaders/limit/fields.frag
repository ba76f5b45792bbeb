// The share of each field's cells of which the same is to be said. A field is a third of the picture each way: ten degrees
// of an audience's sight as WCAG reckons it, 341x256 of 1024x768.
// in   u_cells   as cells.frag writes them
// out  RGBA32F, 33x19: every place that a field of 16x9 cells can have
uniform sampler2D u_cells;
out vec4 o_field;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 sum = vec4(0.0);
    for (int n = 0; n < 144; n++) sum += texelFetch(u_cells, at + ivec2(n % 16, n / 16), 0);
    o_field = sum / 144.0;
}
