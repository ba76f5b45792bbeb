// Words over the picture, in the window only.
// in   u_picture   RGBA8, straight alpha, row 0 on top, shown pixel for pixel
// out  blended over the window's framebuffer
vec4 overlay() {
    return texture(u_picture, vec2(v_uv.x, 1.0 - v_uv.y));
}
