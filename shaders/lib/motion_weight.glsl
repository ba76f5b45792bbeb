// The weight of the first of two lives, [0, 1]; u in [0, 2) is its age: 0 where it begins and ends, 1 in the middle.
// The two change over in two fifths of the time that there is: a mean of two pictures is softer than either of them.
float motion_weight(float u) {
    return smoothstep(0.3, 0.7, 1.0 - abs(u - 1.0));
}
