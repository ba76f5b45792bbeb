// How much of the frame is shown: all of it, or a step towards it.
// in   u_fields     as fields.frag writes them
//      u_decision   of the frame before
// out  RGBA32F, 1x1: share of the frame in what is shown; time constant of following it, s; calm for so long, s; 1
// A fifth of any field is too much (WCAG: a quarter). It is let go half a second after the picture has calmed down, and
// the time constant then shrinks by itself, so that nothing leaps.
uniform sampler2D u_fields, u_decision;
out vec4 o_decision;

void main() {
    vec4 before = texelFetch(u_decision, ivec2(0), 0), most = vec4(0.0);
    if (before.w == 0.0) {
        o_decision = vec4(1.0, 0.0, 100.0, 1.0);
        return;
    }
    for (int y = 0; y < 19; y++)
        for (int x = 0; x < 33; x++) most = max(most, texelFetch(u_fields, ivec2(x, y), 0));
    bool flashes = max(most.x, most.y) >= 0.2;
    float calm = flashes ? 0.0 : min(before.z + u_dt_s, 100.0);
    float slow = flashes ? 1.0 : calm > 0.5 ? before.y * exp(-u_dt_s / 0.25) : before.y;
    if (slow < 0.004) slow = 0.0;
    float share = slow > 0.0 ? 1.0 - exp(-u_dt_s / slow) : 1.0;
    o_decision = vec4(most.z >= 0.2 ? 0.0 : share, slow, calm, 1.0);
}
