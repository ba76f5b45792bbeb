// Film grain: strongest in the middle tones, gone in black and white, a new one 24 times a second.
// in   u_grain   RGBA16F, band-limited noise of deviation 1 in x and y
// The size is that of a picture 1080 rows high, whatever the target's; the same time and seed give the same grain.
//!KIND point
//!ORDER 80
//!WHEN grain.amount
//!PARAM grain.amount | float | 0 .. 1   | 0   |   | 0.1 | how strong the grain is
//!PARAM grain.size   | float | 0.5 .. 3 | 1   | x | 0.1 | how coarse the grain is

vec4 grain(vec4 colour, vec2 uv) {
    // The R2 sequence visits the texture evenly (Roberts 2018).
    vec2 shift = floor(fract((floor(u_time_s * 24.0) + u_seed) * vec2(0.75487767, 0.56984029)) * 256.0);
    vec2 place = uv * u_size * (1080.0 / u_size.y) / u_grain_size;
    vec2 noise = texture(u_grain, (place + shift) / 256.0).xy;
    vec3 c = sqrt(clamp(colour.rgb, 0.0, 1.0));
    c += u_grain_amount * 0.22 * (noise.x + 0.35 * noise.y * vec3(1.0, -0.3, -0.7)) * c * (1.0 - c);
    return vec4(c * c, colour.a);
}
