// The target as NV12: the luma plane, and under it the interleaved chroma plane at half size.
// in   u_picture   RGBA8, sRGB-encoded, row 0 on top, even sides
// out  R8, as wide and 1.5 times as high; BT.709 limited range; chroma sited left (the H.264 and H.265 default): on the
//      even column, between the two rows
#include "bt709"

vec3 nv12_read(int x, int y) {
    return texelFetch(u_picture, ivec2(clamp(x, 0, textureSize(u_picture, 0).x - 1), y), 0).rgb;
}

vec4 nv12() {
    ivec2 place = ivec2(gl_FragCoord.xy);
    int height = textureSize(u_picture, 0).y;
    if (place.y < height) return vec4(bt709(nv12_read(place.x, place.y)).x);
    int x = place.x & ~1, y = 2 * (place.y - height);
    // [1 2 1]/4 centred on the even column, [1 1]/2 over the two rows
    vec3 sum = 2.0 * (nv12_read(x, y) + nv12_read(x, y + 1));
    sum += nv12_read(x - 1, y) + nv12_read(x - 1, y + 1) + nv12_read(x + 1, y) + nv12_read(x + 1, y + 1);
    vec3 ycc = bt709(sum / 8.0);
    return vec4((place.x & 1) == 0 ? ycc.y : ycc.z);
}
