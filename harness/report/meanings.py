"""What the columns of the board's data are, for who takes them away."""

MEANINGS = {
    "id": "the first 12 hex digits of the cell's hash",
    "model, objective, corpus, fraction, corruption": "the encoder and the arm it was pretrained by",
    "task, shape, protocol, shots, steps, batch, precision": "the problem; cells that agree in these are ranked "
    "together; shots are labels a class, empty for all",
    "pretrain_steps, pretrain_batch": "the budget of the pretraining",
    "progress": "the share of its steps that was over where the encoder was taken; loss, skill and RankMe are of its "
    "end, so that they are empty within a run",
    "kind, family, modality": "of the task and of the model, by the registry",
    "status, statuses": "ok as soon as one seed ended well, else the most frequent failure, blocked or missing; and "
    "how many seeds ended how",
    "n, n_failed": "seeds that ended well, and that did not",
    "metric, score": "the task's metric, and its mean over seeds on the test split",
    "score_low, score_high, score_margin": "its 0.95 interval for new seeds and new test items, and half its width",
    "lift, lift_low, lift_high, lift_margin, lift_n": "score minus that from scratch at the same seeds, its interval, "
    "and over how many seeds",
    "detectable": "the smallest lift that this design finds in four cases of five",
    "items, clusters": "test examples, and the sources that they come from",
    "rank_low, rank_high, best": "the ranks that it may have, Holm-adjusted; whether nothing tells it from the best",
    "control, labelled": "a reference model; an objective that sees labels",
    "validation, train, shifted": "the metric on validation, on the training examples, on shifted test examples",
    "contamination, near_duplicates": "whether the corpus holds test examples, and the share with a near copy in it",
    "loss, trivial_loss, skill": "held-out loss of the pretraining, that of a trivial predictor, 1 - loss / trivial",
    "sample_distance, gaussian_distance": "of a generator's samples, and of a fitted Gaussian's, to held-out data",
    "rankme, rankme_centred, feature_std": "of held-out features: effective dimensions, those without the mean, spread",
    "examples_per_s, latency_ms, peak_memory_bytes, memory_source": "meters of the adaptation, medians over seeds on "
    "one machine",
    "parameters, flops": "of the encoder, and of one example through it",
    "energy_j, train_s, total_s": "of the adaptation: joules, seconds of training, seconds of the whole trial",
    "pretrain_s, pretrain_examples_per_s": "the same of the pretraining",
    "hardware, workers": "the class of hardware, and how many trials ran at once: meters compare within these only",
    "flags, message": "what a reader has to know, and why it failed",
    "scores, validations, logmes, h_scores, losses, skills, rankmes": "figures by seed",
    "keys": "the key of the trial of each seed",
}
