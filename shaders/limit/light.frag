// The picture in cells: the mean linear light of each, by 64 reads spread over it.
// in   u_picture   RGBA8, sRGB-encoded: the finished frame, black included
// out  RGBA32F, 48x27
#include "srgb_decode"
uniform sampler2D u_picture;
out vec4 o_light;

void main() {
    vec2 cell = 1.0 / vec2(48.0, 27.0);
    vec3 sum = vec3(0.0);
    for (int n = 0; n < 64; n++) {
        vec2 place = v_uv + cell * ((vec2(n & 7, n >> 3) + 0.5) / 8.0 - 0.5);
        sum += srgb_decode(textureLod(u_picture, place, 0.0).rgb);
    }
    o_light = vec4(sum / 64.0, 1.0);
}
