// Currents: how far paint has come, and how far it has still to go, in the two lives that each place has at once.
// A life carries paint along the current for `travel`, by midpoint steps; lives begin at different times in different places.
// in   u_current   RGBA16F: Mx, My (|M| <= 1, +y down), mask, offset of the lives
//      u_life      phase of the lives, [0, 1)
//      u_direction -1: where the paint at a place came from (to read); 1: where the paint of a place goes to (to splat)
// out  RGBA16F: the displacements of the two copies in current px (1/640 of the long side)
// The copies' weights are motion_weight(offset): a copy whose life ends has none, so its jump is never seen.
// Source: Holynski et al., "Animating Pictures with Eulerian Motion Fields", CVPR 2021, sec. 4 and 5.
// Cost: sixteen reads of a small texture, on a quarter of the picture's width and height.
//!PARAM currents.amount | float | 0 .. 1 | 1 | | 0.5 | how much of its way paint is carried along the strokes while a painting is held
//!PARAM currents.travel | float | 1 .. 60 | 12 | px | 0.5 | how far paint is carried before it begins anew, in 1/640 of the picture's long side
uniform sampler2D u_current;
uniform float u_life, u_direction, u_strength;
out vec4 o_paths;

const int STEPS = 4;

vec2 path(vec2 uv, vec2 px, float way) {
    vec2 at = uv;
    float part = way / float(STEPS);
    for (int i = 0; i < STEPS; i++) {
        vec2 middle = at + 0.5 * part * texture(u_current, at).xy * px;
        at += part * texture(u_current, middle).xy * px;
    }
    return (at - uv) / px;
}

void main() {
    vec2 px = max(u_size.x, u_size.y) / (640.0 * u_size);
    float u = u_life + texture(u_current, v_uv).w;
    float travel = u_direction * u_strength * u_currents_amount * u_currents_travel;
    o_paths = vec4(path(v_uv, px, (u - 1.0) * travel), path(v_uv, px, (mod(u + 1.0, 2.0) - 1.0) * travel));
}
