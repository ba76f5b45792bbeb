// sRGB-encoded R'G'B' [0, 1] to Y'CbCr 8 bit, BT.709 limited range: Y in [16, 235], Cb and Cr in [16, 240].
// The encoded values are used as they are, as every player does; the master is tagged accordingly. ITU-R BT.709-6, 3.2-3.5.
vec3 bt709(vec3 rgb) {
    float y = dot(rgb, vec3(0.2126, 0.7152, 0.0722));
    return vec3(16.0 + 219.0 * y, 128.0 + 224.0 * vec2((rgb.b - y) / 1.8556, (rgb.r - y) / 1.5748)) / 255.0;
}
