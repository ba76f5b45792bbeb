// Sway: where the modes of a painting carry each place now; drawn small, on the modes' own grid.
// in   u_modes   RGBA16F, the modes sixteen one below the other: Re u, Im u, Re v, Im v in current px
//      u_sway    sixteen complex amplitudes (core.sway), two in each vec4
// out  RG16F, displacement in current px (1/640 of the long side), +y down; exactly 0 where every mode is 0
// Source: Li et al., "Generative Image Dynamics", CVPR 2024, sec. 4: a displacement is the real part of mode times amplitude.
// Cost: one read a mode, on 160x90.
uniform sampler2D u_modes;
uniform vec4 u_sway[8];
uniform float u_strength;
out vec2 o_displacement;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int rows = textureSize(u_modes, 0).y / 16;
    vec2 sum = vec2(0.0);
    for (int k = 0; k < 16; k++) {
        vec4 mode = texelFetch(u_modes, ivec2(at.x, at.y + k * rows), 0);
        vec2 a = k % 2 == 0 ? u_sway[k / 2].xy : u_sway[k / 2].zw;
        sum += mode.xz * a.x - mode.yw * a.y;
    }
    o_displacement = u_strength * sum;
}
