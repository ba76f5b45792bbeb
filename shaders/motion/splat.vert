// A point for each texel of the painting, where its paint goes; two by two pixels, so that it touches the four nearest.
// in   u_painting   RGBA8; u_paths (drawn with direction 1), u_current, u_displacement as in carry.frag
//      u_life       phase of the lives; u_second: 0 the first life, 1 the second
#include "motion_weight"
uniform sampler2D u_painting, u_paths, u_current, u_displacement;
uniform float u_life, u_second;
flat out vec4 v_paint;
flat out vec2 v_place;

void main() {
    ivec2 size = ivec2(u_size);
    ivec2 at = ivec2(gl_VertexID % size.x, gl_VertexID / size.x);
    vec2 uv = (vec2(at) + 0.5) / u_size;
    vec2 px = vec2(max(u_size.x, u_size.y) / 640.0);
    vec4 current = texture(u_current, uv);
    vec4 paths = current.xy == vec2(0.0) ? vec4(0.0) : texture(u_paths, uv);
    float first = motion_weight(u_life + current.w);
    float weight = (u_second > 0.5 ? 1.0 - first : first) * exp(2.0 * current.z);
    vec2 way = (u_second > 0.5 ? paths.zw : paths.xy) + texture(u_displacement, uv).xy;
    v_paint = vec4(texelFetch(u_painting, at, 0).rgb * weight, weight);
    v_place = vec2(at) + 0.5 + way * px;
    // the middle of the four pixels that it touches
    vec2 corner = floor(v_place - 0.5) + 1.0;
    gl_Position = vec4(corner / u_size * 2.0 - 1.0, 0.0, 1.0);
    gl_PointSize = 2.0;
}
