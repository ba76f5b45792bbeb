// Linear light to sRGB-encoded [0, 1]; values outside are clipped.
// The straight toe is exact; above it two square roots fitted to IEC 61966-2-1 stay within 0.11/255 of the power, at a
// third of its cost on software GL. Decoded and encoded again, every level comes back within 0.16/255.
vec3 srgb_encode(vec3 c) {
    c = clamp(c, 0.0, 1.0);
    vec3 s = sqrt(c);
    vec3 curve = 0.8276803 * s + 0.3021365 * sqrt(s) - 0.0522470 * c - 0.0775698;
    return mix(curve, c * 12.92, vec3(lessThan(c, vec3(0.0031308))));
}
