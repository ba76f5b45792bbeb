// Colours drift: the palette turns, warms and cools, in slow clouds that wander over the picture.
// in   u_waves   RG16F, a swell that tiles
// Works on square roots of linear light, which are nearly even to the eye, and keeps their luma.
//!KIND point
//!ORDER 60
//!WHEN drift.amount drift.hue drift.warmth drift.saturation
//!PARAM drift.amount     | float | 0 .. 1      | 0 |     | 0.3 | how far hues wander, in clouds, by themselves
//!PARAM drift.hue        | float | -180 .. 180 | 0 | deg | 0.1 | turn of all hues
//!PARAM drift.warmth     | float | -1 .. 1     | 0 |     | 0.2 | from moonlight to candlelight
//!PARAM drift.saturation | float | -1 .. 1     | 0 |     | 0.1 | from grey to vivid

vec4 drift(vec4 colour, vec2 uv) {
    vec2 place = uv * vec2(u_size.x / u_size.y, 1.0) * 0.22;
    vec2 cloud = u_drift_amount * texture(u_waves, place + u_time_s * vec2(0.006, -0.004)).xy;
    vec3 c = sqrt(max(colour.rgb, 0.0));
    float luma = dot(c, vec3(0.2126, 0.7152, 0.0722));
    float angle = radians(u_drift_hue + 28.0 * cloud.x);
    float turn_cos = cos(angle), turn_sin = sin(angle);
    vec2 opponent = vec2((c.b - luma) / 1.8556, (c.r - luma) / 1.5748);
    float vivid = 1.0 + u_drift_saturation + 0.15 * u_drift_amount;
    opponent = vivid * vec2(turn_cos * opponent.x - turn_sin * opponent.y, turn_sin * opponent.x + turn_cos * opponent.y);
    c = vec3(luma + 1.5748 * opponent.y, 0.0, luma + 1.8556 * opponent.x);
    c.g = (luma - 0.2126 * c.r - 0.0722 * c.b) / 0.7152;
    float warmth = u_drift_warmth + 0.35 * cloud.y;
    c *= 1.0 + warmth * vec3(0.10, 0.01, -0.16);
    c = max(c, 0.0);
    return vec4(c * c, colour.a);
}
