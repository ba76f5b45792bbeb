// The last step of a chain of effects: the one sRGB encode, then the fade to black.
// Half a level of triangular noise, before 8 bits are made of it, keeps slow gradients from banding.
#include "srgb_encode"
#include "write_encoded"
vec4 write_linear(vec4 colour) {
    vec2 noise = texelFetch(u_grain, ivec2(gl_FragCoord.xy) & 255, 0).zw;
    return write_encoded(vec4(srgb_encode(colour.rgb) + (noise.x - noise.y) * (0.5 / 255.0), colour.a));
}
