// The counts taken a frame further, of the picture as it came and of what is shown.
// in   as cells.frag; u_before is u_decision of the frame before, u_decision this frame's
// out  the next frame's u_seen_… and u_shown…, RGBA32F, 48x27
// Light is linear, so that a cell of the mixture is the mixture of the cells: what is shown need not be measured.
#include "flash_follow"
uniform sampler2D u_light, u_seen_ways, u_seen_newer, u_seen_older;
uniform sampler2D u_shown, u_shown_ways, u_shown_newer, u_shown_older, u_decision, u_before;
layout(location = 0) out vec4 o_seen_ways;
layout(location = 1) out vec4 o_seen_newer;
layout(location = 2) out vec4 o_seen_older;
layout(location = 3) out vec4 o_shown;
layout(location = 4) out vec4 o_shown_ways;
layout(location = 5) out vec4 o_shown_newer;
layout(location = 6) out vec4 o_shown_older;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    bool fresh = texelFetch(u_before, ivec2(0), 0).w == 0.0;
    vec3 light = texelFetch(u_light, at, 0).rgb, shown = texelFetch(u_shown, at, 0).rgb;
    float share = texelFetch(u_decision, ivec2(0), 0).x;
    shown = fresh ? light : mix(shown, light, share);
    // Rising from black: the first change, if it is a rise, goes unseen, and is counted here.
    vec4 begin = vec4(0.0, 1.0, 0.0, 1.0), once = vec4(0.0, 100.0, 100.0, 100.0), never = vec4(100.0);
    vec4 ways = fresh ? begin : texelFetch(u_seen_ways, at, 0);
    vec4 newer = fresh ? once : texelFetch(u_seen_newer, at, 0);
    vec4 older = fresh ? never : texelFetch(u_seen_older, at, 0);
    flash_follow(light, u_dt_s, ways, newer, older);
    o_seen_ways = ways, o_seen_newer = newer, o_seen_older = older;
    ways = fresh ? begin : texelFetch(u_shown_ways, at, 0);
    newer = fresh ? once : texelFetch(u_shown_newer, at, 0);
    older = fresh ? never : texelFetch(u_shown_older, at, 0);
    flash_follow(shown, u_dt_s, ways, newer, older);
    o_shown = vec4(shown, 1.0), o_shown_ways = ways, o_shown_newer = newer, o_shown_older = older;
}
