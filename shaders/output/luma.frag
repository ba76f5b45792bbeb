// The target's luma plane, for NV12.
// in   u_picture   RGBA8, sRGB-encoded, row 0 on top
// out  R8 of the same size, BT.709 limited range
#include "bt709"

vec4 luma() {
    return vec4(bt709(texelFetch(u_picture, ivec2(gl_FragCoord.xy), 0).rgb).x);
}
