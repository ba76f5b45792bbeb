// The last step of a chain of effects: the one sRGB encode, then the fade to black.
// A third of a level of triangular noise, before 8 bits are made of it, keeps slow gradients from banding, and is too
// little to change a level that no effect has touched.
#include "srgb_encode"
#include "write_encoded"
vec4 write_linear(vec4 colour) {
    vec2 noise = texelFetch(u_grain, ivec2(gl_FragCoord.xy) & 255, 0).zw;
    return write_encoded(vec4(srgb_encode(colour.rgb) + (noise.x - noise.y) * (0.3 / 255.0), colour.a));
}
