// The target's chroma plane, for NV12: sited left (the H.264 and H.265 default), that is on the even column, between the
// two rows: [1 2 1]/4 across, [1 1]/2 down.
// in   u_picture   RGBA8, sRGB-encoded, row 0 on top, even sides
// out  RG8 of half the size, Cb and Cr, BT.709 limited range
#include "bt709"

vec3 chroma_rows(int x, int y) {
    x = clamp(x, 0, textureSize(u_picture, 0).x - 1);
    return texelFetch(u_picture, ivec2(x, y), 0).rgb + texelFetch(u_picture, ivec2(x, y + 1), 0).rgb;
}

vec4 chroma() {
    ivec2 place = 2 * ivec2(gl_FragCoord.xy);
    vec3 sum = chroma_rows(place.x - 1, place.y) + 2.0 * chroma_rows(place.x, place.y) + chroma_rows(place.x + 1, place.y);
    return vec4(bt709(sum / 8.0).yz, 0.0, 1.0);
}
