// The weight of the first of two lives, [0, 1]; u in [0, 2) is its age: 0 where it begins and ends, 1 in the middle.
float motion_weight(float u) {
    return 1.0 - abs(u - 1.0);
}
