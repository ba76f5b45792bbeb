// Bright paint glows: what lies above a soft threshold, blurred over five octaves, is screened onto the picture.
// in   u_picture   RGBA16F, linear light
// out  linear light; the blur's weights sum to 1, and screening keeps everything below white
// Cost: the stages together touch 0.09 of the picture's pixels. Jimenez, "Next generation post processing in Call of
// Duty", SIGGRAPH 2014 (the pyramid).
//!KIND spatial
//!ORDER 50
//!WHEN bloom.amount
//!STAGE bloom_down4 0.25
//!STAGE bloom_down8 0.125
//!STAGE bloom_down16 0.0625
//!STAGE bloom_down32 0.03125
//!STAGE bloom_up16 0.0625
//!STAGE bloom_up8 0.125
//!STAGE bloom_up4 0.25
//!PARAM bloom.amount    | float | 0 .. 2 | 0    |   | 0.05 | how strongly bright paint glows
//!PARAM bloom.threshold | float | 0 .. 1 | 0.3  |   | 0.1  | linear light above which paint glows
//!PARAM bloom.radius    | float | 0 .. 1 | 0.65 |   | 0.1  | from a tight halo to a wide mist

#include "box4"
#include "tent3"

vec4 bloom_down4(vec2 uv) {
    vec3 c = box4(u_picture, uv).rgb;
    float light = max(c.r, max(c.g, c.b));
    float knee = 0.5 * u_bloom_threshold + 0.001;
    float over = clamp(light - u_bloom_threshold + knee, 0.0, 2.0 * knee);
    float kept = max(over * over / (4.0 * knee), light - u_bloom_threshold) / max(light, 0.0001);
    return vec4(c * kept, 1.0);
}

vec4 bloom_down8(vec2 uv)  { return box4(u_bloom_down4, uv); }
vec4 bloom_down16(vec2 uv) { return box4(u_bloom_down8, uv); }
vec4 bloom_down32(vec2 uv) { return box4(u_bloom_down16, uv); }
vec4 bloom_up16(vec2 uv) { return mix(texture(u_bloom_down16, uv), tent3(u_bloom_down32, uv), u_bloom_radius); }
vec4 bloom_up8(vec2 uv)  { return mix(texture(u_bloom_down8, uv), tent3(u_bloom_up16, uv), u_bloom_radius); }
vec4 bloom_up4(vec2 uv)  { return mix(texture(u_bloom_down4, uv), tent3(u_bloom_up8, uv), u_bloom_radius); }

vec4 bloom(vec2 uv) {
    vec4 colour = texture(u_picture, uv);
    vec3 glow = min(u_bloom_amount * texture(u_bloom_up4, uv).rgb, 1.0);
    return vec4(1.0 - (1.0 - min(colour.rgb, 1.0)) * (1.0 - glow), colour.a);
}
