// Splatted paint brought to a picture: sums divided by weights; the painting's own bits wherever nothing moves it.
// in   u_sum        RGBA16F, what the points left
//      u_painting, u_current, u_displacement   as in carry.frag
// out  RGBA8, sRGB-encoded; where no paint came the nearest that did shows through from a smaller picture of the sums
uniform sampler2D u_sum, u_painting, u_current, u_displacement;
out vec4 o_colour;

void main() {
    ivec2 at = ivec2(v_uv * u_size);
    vec4 sum = texelFetch(u_sum, at, 0);
    if (texture(u_current, v_uv).xy == vec2(0.0) && texture(u_displacement, v_uv).xy == vec2(0.0)) {
        o_colour = texelFetch(u_painting, at, 0);
        return;
    }
    vec4 near = sum;
    for (int reach = 1; reach <= 3 && near.a < 0.05; reach++) {
        near = vec4(0.0);
        for (int i = -1; i <= 1; i++)
            for (int j = -1; j <= 1; j++) near += texelFetch(u_sum, clamp(at + reach * ivec2(i, j), ivec2(0), ivec2(u_size) - 1), 0);
    }
    vec3 painting = texelFetch(u_painting, at, 0).rgb;
    o_colour = vec4(near.a > 1e-3 ? near.rgb / near.a : painting, 1.0);
}
