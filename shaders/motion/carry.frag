// A painting that moves, read: each place from where its paint came, in two lives, weighed by how fresh they are.
// in   u_painting   RGBA8, sRGB-encoded, the picture's size
//      u_paths      RGBA16F, u_displacement RG16F: what paths.frag and sway.frag drew
//      u_current    RGBA16F: its w sets the two lives' weights; where M is 0 nothing is carried, to the bit
// out  RGBA8, sRGB-encoded; the painting's own bits wherever nothing moves it
// Cost: two sharp reads and three of small textures, about the walk itself.
#include "read_sharp"
#include "motion_weight"
uniform sampler2D u_painting, u_paths, u_current, u_displacement;
uniform float u_life;
out vec4 o_colour;

vec3 carried(vec2 at) {
    vec2 uv = 1.0 - abs(1.0 - abs(at));  // what comes in from beyond the edge is its mirror image, not a streak of one pixel
    return SHARP ? read_sharp(u_painting, uv) : texture(u_painting, uv).rgb;
}

void main() {
    vec2 px = max(u_size.x, u_size.y) / (640.0 * u_size);
    vec4 current = texture(u_current, v_uv);
    vec2 sway = texture(u_displacement, v_uv).xy;
    vec4 paths = current.xy == vec2(0.0) ? vec4(0.0) : texture(u_paths, v_uv);
    if (paths == vec4(0.0) && sway == vec2(0.0)) {
        o_colour = texelFetch(u_painting, ivec2(v_uv * u_size), 0);
        return;
    }
    vec4 at = v_uv.xyxy + (paths - sway.xyxy) * px.xyxy;
    vec3 first = carried(at.xy);
    if (paths != vec4(0.0)) first = mix(carried(at.zw), first, motion_weight(u_life + current.w));
    o_colour = vec4(first, 1.0);
}
