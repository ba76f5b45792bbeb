// Linear light to sRGB-encoded [0, 1]; values outside are clipped.
// The straight toe is exact; above it two square roots fitted to IEC 61966-2-1 stay within 0.1/255 of the power, at a
// third of its cost on software GL.
vec3 srgb_encode(vec3 c) {
    c = clamp(c, 0.0, 1.0);
    vec3 s = sqrt(c);
    vec3 curve = 0.8337391 * s + 0.2981203 * sqrt(s) - 0.0553124 * c - 0.0769063;
    return mix(curve, c * 12.92, vec3(lessThan(c, vec3(0.0031308))));
}
