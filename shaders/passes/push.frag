// Pushes the paint along its own brush strokes: a slow swell, of which each place takes only the part that runs along the
// strokes there. Raised and let go with the bass, the strokes sway.
// in   u_strokes_a, u_strokes_b   RG16F, coherence · (cos 2θ, sin 2θ) of the stroke direction θ, of each keyframe
//      u_waves                    RG16F, a swell that tiles
// The doubled angle projects without choosing a sign, so the field has no seam: ½(|s| + S)·w with S = (sx sy; sy −sx).
//!KIND warp
//!ORDER 10
//!WHEN flow.push
//!PARAM flow.push | float | 0 .. 1 | 0 | | 0.06 | how far the strokes sway; meant for the bass

vec2 push(vec2 uv) {
    vec2 aspect = vec2(u_size.x / u_size.y, 1.0);
    vec2 place = uv * aspect;
    vec2 swell = texture(u_waves, place * 0.45 + u_time_s * vec2(0.011, 0.007)).xy
               + texture(u_waves, place * 0.80 - u_time_s * vec2(0.009, 0.015)).xy;
    vec2 s = mix(texture(u_strokes_a, uv).xy, texture(u_strokes_b, uv).xy, u_phase);
    float coherence = length(s) + 0.12;  // smooth places sway a little too, as water does
    vec2 along = 0.5 * (coherence * swell + vec2(dot(s, swell), s.y * swell.x - s.x * swell.y));
    vec2 border = smoothstep(0.0, 0.1, min(uv, 1.0 - uv));  // the frame stands still: nothing is read from outside
    return uv + along * (0.022 * u_flow_push * border.x * border.y) / aspect;
}
