// What would become of each cell if this frame were shown.
// in   u_light                                     the frame's cells
//      u_seen_ways, u_seen_newer, u_seen_older     the count of the picture as it comes
//      u_shown, u_shown_ways, …                    the cells of the frame that was shown last, and the count of those
//      u_decision                                  w: 0 when nothing was shown yet
// out  x   the picture turns a seventh time within a second;  y   so would what is shown, shown whole
//      z   it would turn an eighth time even shown slowly
// Six turns are three flashes. 0.99 s rather than 1: three a second, evenly, are let through.
#include "flash_follow"
uniform sampler2D u_light, u_seen_ways, u_seen_newer, u_seen_older;
uniform sampler2D u_shown, u_shown_ways, u_shown_newer, u_shown_older, u_decision;
out vec4 o_cell;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec3 light = texelFetch(u_light, at, 0).rgb, shown = texelFetch(u_shown, at, 0).rgb;
    vec4 ways = texelFetch(u_seen_ways, at, 0);
    vec4 newer = texelFetch(u_seen_newer, at, 0), older = texelFetch(u_seen_older, at, 0);
    flash_follow(light, u_dt_s, ways, newer, older);
    float seen = float(older.z <= 0.99);
    ways = texelFetch(u_shown_ways, at, 0);
    newer = texelFetch(u_shown_newer, at, 0), older = texelFetch(u_shown_older, at, 0);
    vec4 slow_ways = ways, slow_newer = newer, slow_older = older;
    flash_follow(light, u_dt_s, ways, newer, older);
    float whole = float(older.z <= 0.99);
    vec3 slowly = mix(shown, light, 1.0 - exp(-u_dt_s));
    float turned = flash_follow(slowly, u_dt_s, slow_ways, slow_newer, slow_older);
    float even_so = turned * float(slow_older.w <= 0.99);
    o_cell = texelFetch(u_decision, ivec2(0), 0).w > 0.0 ? vec4(seen, whole, even_so, 1.0) : vec4(0.0);
}
