// The target in a window, turned over: the window's row 0 is at the bottom.
// in   u_picture   RGBA8, sRGB-encoded, row 0 on top; filtered bilinearly when the window has another size
// out  the window's framebuffer, sRGB-encoded
vec4 show() {
    return vec4(texture(u_picture, vec2(v_uv.x, 1.0 - v_uv.y)).rgb, 1.0);
}
