// The last step of every chain: encode once, and fade to black, always last.
// The fade multiplies encoded values, which darkens evenly to the eye; at u_black = 0 it is exactly the identity.
#include "srgb_encode"
vec4 write_encoded(vec4 colour) {
    return vec4(colour.rgb * (1.0 - u_black), colour.a);
}
vec4 write_linear(vec4 colour) {
    // Half a level of triangular noise keeps slow gradients from banding in 8 bits.
    vec2 noise = texelFetch(u_grain, ivec2(gl_FragCoord.xy) & 255, 0).zw;
    vec3 encoded = srgb_encode(colour.rgb) + (noise.x - noise.y) * (0.5 / 255.0);
    return vec4(encoded * (1.0 - u_black), colour.a);
}
