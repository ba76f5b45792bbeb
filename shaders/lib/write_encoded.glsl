// The last step of the walk alone: fade to black, always last.
// The fade multiplies encoded values, which darkens evenly to the eye; at u_black = 0 it is exactly the identity.
vec4 write_encoded(vec4 colour) {
    return vec4(colour.rgb * (1.0 - u_black), colour.a);
}
