// The corners fall off, as through a lens: the fourth power of the cosine, rounded to the frame.
//!KIND point
//!ORDER 70
//!WHEN vignette.amount
//!PARAM vignette.amount | float | 0 .. 1 | 0   | | 0.1 | how dark the corners get
//!PARAM vignette.reach  | float | 0 .. 1 | 0.5 | | 0.1 | how far into the picture it reaches

vec4 vignette(vec4 colour, vec2 uv) {
    vec2 place = (uv - 0.5) * mix(vec2(u_size.x / u_size.y, 1.0), vec2(1.33), 0.6);
    float clear = mix(0.75, 0.0, u_vignette_reach);
    float out_there = max(length(place) - 0.5 * clear, 0.0);
    float cosine2 = 1.0 / (1.0 + 2.2 * out_there * out_there);
    return vec4(colour.rgb * mix(1.0, cosine2 * cosine2, u_vignette_amount), colour.a);
}
