"""Walks composed by a song: a spectrum moves a latent, the latent says what each keyframe is painted from.

sound ─ bands | chroma ─ latent ─ moments ─ score        what stands at each keyframe: weights, noise, paintings
score ─ links, keyframes, segments ─ walk.json           made by any number of workers, committed as far as they got
"""
