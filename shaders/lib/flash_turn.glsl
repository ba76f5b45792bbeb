// Follows a value along its turning points: one step of the zigzag that WCAG's "pair of opposing changes" is counted on.
// value   now;  way   (extreme since it last turned, direction: 1 rising, -1 falling);  least   change that is a turn
// returns (extreme, direction, 1 when it turned just now)
vec3 flash_turn(float value, vec2 way, float least) {
    if ((value - way.x) * way.y >= 0.0) return vec3(value, way.y, 0.0);
    if (abs(value - way.x) >= least) return vec3(value, -way.y, 1.0);
    return vec3(way, 0.0);
}
