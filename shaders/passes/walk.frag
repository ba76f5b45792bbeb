// The walk itself: two pictures, each read where the flow points, mixed place by place.
// Reads are sharp, since nearly everything that moves has moved by a fraction of a texel; plain ones are softer, and cost
// half as much where the processor draws.
// Where anchors cut a segment into pieces, the crossover goes on over all of it: a piece shows its share, so that at
// every phase every place is mixed as it would be without them.
// in   u_a, u_b       RGBA8, sRGB-encoded, the picture's size
//      u_flow         RGBA16F, Bx By Fx Fy in pixels of its own grid
//      u_crossover    RG16F, offset and sharpness of the crossover
// out  sRGB-encoded: keyframes are mixed as the flow networks are trained
// Exact at the ends: phase 0 is keyframe A pixel for pixel, phase 1 keyframe B.
// Source: Reda et al., "FILM", ECCV 2022, sec. 3 (the model), with a crossover per place.
//!KIND walk
//!ORDER 0
//!PARAM flow.strength | float | 0 .. 2 | 1 | x | 0.05 | how far pixels follow the flow

#include "read_sharp"

vec3 walk_read(sampler2D picture, vec2 uv) {
    if (SHARP) return read_sharp(picture, uv);
    return texture(picture, uv).rgb;
}

float walk_weight(vec2 crossover, float logit) {
    return 1.0 / (1.0 + exp(crossover.x - crossover.y * logit));
}

vec4 walk(vec2 uv) {
    // Linear filtering at a texel's centre may be a level off on software GL; a fetch never is.
    if (u_phase <= 0.0 && uv == v_uv) return vec4(texelFetch(u_a, ivec2(uv * u_size), 0).rgb, 1.0);
    if (u_phase >= 1.0 && uv == v_uv) return vec4(texelFetch(u_b, ivec2(uv * u_size), 0).rgb, 1.0);
    vec4 flow = texture(u_flow, uv) / vec2(textureSize(u_flow, 0)).xyxy * u_flow_strength;
    vec2 crossover = texture(u_crossover, uv).xy;
    float weight = walk_weight(crossover, u_logit);
    if (u_logit_a > -1e8 || u_logit_b < 1e8) {
        float first = u_logit_a > -1e8 ? walk_weight(crossover, u_logit_a) : 0.0;
        float last = u_logit_b < 1e8 ? walk_weight(crossover, u_logit_b) : 1.0;
        float even = 1e-3 * (1.0 - (last - first));  // what turns elsewhere is the same in both: it passes evenly
        weight = (weight - first + even * u_phase) / (last - first + even);
    }
    weight = u_phase <= 0.0 ? 0.0 : u_phase >= 1.0 ? 1.0 : weight;
    vec3 a = walk_read(u_a, uv + u_phase * flow.xy);
    vec3 b = walk_read(u_b, uv + (1.0 - u_phase) * flow.zw);
    return vec4(mix(a, b, weight), 1.0);
}
