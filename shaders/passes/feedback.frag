// Light lingers: the brighter of the picture and of what remains of the last frame, which grows and turns as it fades.
// in   u_previous   RGBA16F, linear light, this pass's result of the frame before
// The decay is exp(−dt/τ) and growth and turn are per second, so trails look the same at any frame rate.
//!KIND point
//!ORDER 40
//!HISTORY
//!WHEN feedback.amount
//!PARAM feedback.amount | float | 0 .. 1    | 0    |       | 0.1 | how long light lingers; 1 is 2 s
//!PARAM feedback.zoom   | float | -1 .. 1   | 0.15 | 1/s   | 0.1 | growth of the trail
//!PARAM feedback.turn   | float | -90 .. 90 | 0    | deg/s | 0.1 | turn of the trail
//!PARAM feedback.soft   | float | 0 .. 1    | 0.25 |       | 0.1 | from a trail of light (0) to a long exposure (1)

vec4 feedback(vec4 colour, vec2 uv) {
    vec2 aspect = vec2(u_size.x / u_size.y, 1.0);
    float angle = radians(u_feedback_turn) * u_dt_s;
    vec2 place = (uv - 0.5) * aspect * exp(-u_feedback_zoom * u_dt_s);
    place = vec2(cos(angle) * place.x + sin(angle) * place.y, cos(angle) * place.y - sin(angle) * place.x);
    vec3 before = texture(u_previous, 0.5 + place / aspect).rgb;
    float keep = (1.0 - u_fresh) * exp(-u_dt_s / max(2.0 * u_feedback_amount * u_feedback_amount, 1e-4));
    vec3 trail = max(colour.rgb, before * keep);
    vec3 exposure = mix(colour.rgb, before, keep);
    return vec4(mix(trail, exposure, u_feedback_soft), colour.a);
}
