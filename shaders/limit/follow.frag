// The flash limiter's last step: the target follows the picture, at once or slowly.
// No more than three flashes in any second, general or saturated red, over more than a quarter of any ten degrees of sight:
// WCAG 2.2, success criterion 2.3.1. Where a picture has more, all of it is followed with a time constant of a second,
// which leaves of a strobe of three and a half hertz a change of 0.07, until it has calmed down. Calm places look the same.
// in   u_picture    RGBA8, sRGB-encoded: the finished frame, black included
//      u_kept       RGBA16F, linear light: what was shown last
//      u_decision   x: share of this frame
// out  the target, RGBA8, exactly the picture when it is followed at once; and the next u_kept
// Cost: one draw of the picture's size; what is counted is 48x27. Nothing is read back: the same frames give the same.
// On software GL 9 ms at 640x360, as much as the walk itself.
//!PARAM flash.limit | bool | 0 .. 1 | 0 | | 0 | at most three flashes a second: for photosensitive eyes, on in gallery
#include "srgb_decode"
#include "srgb_encode"
uniform sampler2D u_picture, u_kept, u_decision;
layout(location = 0) out vec4 o_target;
layout(location = 1) out vec4 o_kept;

void main() {
    ivec2 at = ivec2(v_uv * u_size);
    vec4 picture = texelFetch(u_picture, at, 0);
    vec4 linear = vec4(srgb_decode(picture.rgb), picture.a);
    float share = texelFetch(u_decision, ivec2(0), 0).x;
    o_kept = linear;
    o_target = picture;
    if (share < 1.0) {
        o_kept = mix(texelFetch(u_kept, ivec2(gl_FragCoord.xy), 0), linear, share);
        o_target = vec4(srgb_encode(o_kept.rgb), o_kept.a);
    }
}
