// Makes paint transparent, for layering over something else: dark paint, or all but a soft oval in the middle.
// Only the target's alpha changes (straight alpha): the window shows nothing of it, frames written as PNG keep it.
//!KIND point
//!ORDER 90
//!WHEN alpha.dark alpha.oval
//!PARAM alpha.dark  | float | 0 .. 1 | 0    | | 0.1 | how transparent dark paint becomes
//!PARAM alpha.level | float | 0 .. 1 | 0.35 | | 0.1 | brightness, as the eye sees it, under which paint counts as dark
//!PARAM alpha.oval  | float | 0 .. 1 | 0    | | 0.1 | how far a soft edge reaches in from the frame

vec4 alpha(vec4 colour, vec2 uv) {
    float bright = sqrt(dot(max(colour.rgb, 0.0), vec3(0.2126, 0.7152, 0.0722)));
    float dark = 1.0 - smoothstep(0.4 * u_alpha_level, u_alpha_level + 0.001, bright);
    float far = length(2.0 * uv - 1.0);
    float oval = smoothstep(1.45 - 0.9 * u_alpha_oval, 1.451 - 0.45 * u_alpha_oval, far);  // 0 everywhere at 0
    return vec4(colour.rgb, colour.a * (1.0 - u_alpha_dark * dark) * (1.0 - oval));
}
