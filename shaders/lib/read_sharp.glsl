// A picture read between its texels without going soft: cubic convolution (Keys 1981, a = -3/4), by five bilinear reads.
// The four outermost texels of the sixteen, a fiftieth of the weight at most, are left out and the rest is weighed anew.
// A place outside is read at the edge; what overshoots beside an edge of full contrast stays in [0, 1].
vec3 read_sharp(sampler2D picture, vec2 uv) {
    vec2 size = vec2(textureSize(picture, 0));
    vec2 place = clamp(uv * size - 0.5, vec2(0.0), size - 1.0);
    vec2 base = floor(place), f = place - base;
    vec2 w0 = -0.75 * f * (1.0 - f) * (1.0 - f);
    vec2 w3 = -0.75 * f * f * (1.0 - f);
    vec2 w2 = f * (0.75 + f * (1.5 - 1.25 * f));
    vec2 middle = 1.0 - w0 - w3;
    vec2 at = (base + w2 / middle + 0.5) / size;
    vec2 low = (base - 0.5) / size, high = (base + 2.5) / size;
    vec4 side = vec4(w0 * middle.yx, w3 * middle.yx);
    float centre = middle.x * middle.y;
    vec3 sum = centre * texture(picture, at).rgb
             + side.x * texture(picture, vec2(low.x, at.y)).rgb + side.z * texture(picture, vec2(high.x, at.y)).rgb
             + side.y * texture(picture, vec2(at.x, low.y)).rgb + side.w * texture(picture, vec2(at.x, high.y)).rgb;
    return clamp(sum / (centre + side.x + side.y + side.z + side.w), 0.0, 1.0);
}
