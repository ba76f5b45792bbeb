// One cell's count of flashes taken a frame further: luminance and saturated red, each along its turning points.
// rgb     linear light of the cell;  dt   since the frame before, s
// ways    (luminance: extreme, direction; red: extreme, direction, doubled where the extreme is saturated), replaced
// newer, older   seconds since each of the last eight turns, newest first, replaced
// returns 1 when it turned just now
// Source: WCAG 2.2, "general flash and red flash thresholds": a change of a tenth of white where the darker side is under
// 0.8 (capping at 0.9 says the same), or of 20/320 in R - G - B where at either side R is four fifths of the sum; all a
// tenth stricter.
#include "flash_turn"
float flash_follow(vec3 rgb, float dt, inout vec4 ways, inout vec4 newer, inout vec4 older) {
    vec3 light = flash_turn(min(dot(rgb, vec3(0.2126, 0.7152, 0.0722)), 0.9), ways.xy, 0.09);
    float value = max(rgb.r - rgb.g - rgb.b, 0.0);
    bool is_red = value > 0.0 && rgb.r >= 0.78 * (rgb.r + rgb.g + rgb.b), was_red = abs(ways.w) > 1.5;
    vec3 red = flash_turn(value, vec2(ways.z, sign(ways.w)), 0.056);
    bool turned = light.z > 0.0 || (red.z > 0.0 && (is_red || was_red));
    ways = vec4(light.xy, red.x, red.y * ((red.x == value ? is_red : was_red) ? 2.0 : 1.0));
    newer = min(newer + dt, 100.0);
    older = min(older + dt, 100.0);
    if (turned) {
        older = vec4(newer.w, older.xyz);
        newer = vec4(0.0, newer.xyz);
    }
    return float(turned);
}
