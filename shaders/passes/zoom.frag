// A camera over the picture: nearer, turned, wandering, kicked by the beat. It never shows what lies outside the picture.
//!KIND warp
//!ORDER 20
//!WHEN zoom.amount zoom.pulse zoom.angle zoom.wander
//!PARAM zoom.amount | float | 0 .. 1   | 0 | x   | 0.1  | how much nearer; 1 is twice as near
//!PARAM zoom.pulse  | float | 0 .. 1   | 0 |     | 0.03 | a kick towards the picture; 1 is 8 % nearer
//!PARAM zoom.angle  | float | -45 .. 45 | 0 | deg | 0.1  | the camera's turn; it moves nearer to keep the frame filled
//!PARAM zoom.wander | float | 0 .. 1   | 0 |     | 0.5  | how much of the room around the frame the camera strolls through

vec2 zoom(vec2 uv) {
    float aspect = u_size.x / u_size.y;
    float c = cos(radians(u_zoom_angle)), s = sin(radians(u_zoom_angle));
    vec2 turned = vec2(aspect * abs(c) + abs(s), aspect * abs(s) + abs(c)) / vec2(aspect, 1.0);  // its bounding box
    float near = (1.0 + u_zoom_amount) * (1.0 + 0.08 * u_zoom_pulse) * (1.0 + 0.12 * u_zoom_wander);
    float scale = 1.0 / (max(turned.x, turned.y) * near);
    vec2 room = 0.5 * (1.0 - turned * scale);
    vec2 stroll = vec2(sin(u_time_s * 0.110), sin(u_time_s * 0.137 + 1.0));
    vec2 place = (uv - 0.5) * vec2(aspect, 1.0) * scale;
    place = vec2(c * place.x - s * place.y, s * place.x + c * place.y) / vec2(aspect, 1.0);
    return 0.5 + u_zoom_wander * room * stroll + place;
}
