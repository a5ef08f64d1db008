"""Records losses of torch and sentence-transformers, with their gradients, in reference.txt.

Each line is a name and its numbers: the inputs, then for each case "case" (the loss) and "case.input" (a gradient).
Recorded with torch 2.13 and sentence-transformers 6.0.1: python record.py > reference.txt
"""

import torch
import torch.nn.functional as F
from sentence_transformers.sentence_transformer import losses as st
from sentence_transformers.sentence_transformer.losses.contrastive import SiameseDistanceMetric
from sentence_transformers.sentence_transformer.losses.triplet import TripletDistanceMetric
from sentence_transformers.util import dot_score

B, D, V = 4, 6, 5
torch.manual_seed(11)
INPUTS = {name: torch.randn(B, D) for name in ("anchors", "positives", "negatives", "others")}
INPUTS |= {"logits": 2 * torch.randn(B, V), "teacher": 2 * torch.randn(B, V)}
SIMILARITIES = torch.tensor([0.2, 0.9, 0.2, 0.6])
PAIRS = torch.tensor([1, 0, 1, 0])
MARGINS = torch.tensor([[0.5, -1.0], [2.0, 0.25], [0.0, 1.0], [-0.5, 3.0]])
TARGETS = torch.tensor([3, -100, 0, 4])
MULTI = torch.tensor([[0, 1, 0.3, 1, 0], [1, 0, 0, 0, 1], [0, 0, 0, 1, 1], [1, 1, 1, 0, 0.5]])
WEIGHTS = torch.tensor([0.5, 2.0, 1.5, 0.25, 3.0])


class Passthrough(torch.nn.Module):
    """A model whose texts are their vectors."""

    def forward(self, features):
        return {"sentence_embedding": features["vectors"]}

    def get_embedding_dimension(self):
        return D


def write(name, values):
    print(name, *(repr(value) for value in torch.as_tensor(values).detach().flatten().tolist()))


def case(name, names, loss):
    leaves = [INPUTS[n].clone().requires_grad_() for n in names.split()]
    value = loss(leaves)
    value.backward()
    write(name, value)
    for n, leaf in zip(names.split(), leaves):
        write(f"{name}.{n}", leaf.grad)


def vectors(name, names, module, labels=None):
    case(name, names, lambda x: module.compute_loss_from_embeddings(x, labels))


def matryoshka(x):
    model = Passthrough()
    inner = st.MultipleNegativesRankingLoss(model)
    loss = st.MatryoshkaLoss(model, inner, [6, 4, 2], [1, 0.5, 0.25])
    return loss([{"vectors": v} for v in x], None)


def distillation(x):
    student, teacher = x[0] / 2, INPUTS["teacher"] / 2
    kept = TARGETS != -100
    return 4 * F.kl_div(student.log_softmax(-1)[kept], teacher.softmax(-1)[kept], reduction="batchmean")


for name, value in INPUTS.items():
    write(name, value)
all_four = "anchors positives negatives others"
three = "anchors positives negatives"
two = "anchors positives"
vectors("ranking", two, st.MultipleNegativesRankingLoss(None))
vectors("ranking_hard", all_four, st.MultipleNegativesRankingLoss(None))
vectors("ranking_dot", two, st.MultipleNegativesRankingLoss(None, scale=1.0, similarity_fct=dot_score))
vectors("symmetric", three, st.MultipleNegativesSymmetricRankingLoss(None))
vectors("cosent", two, st.CoSENTLoss(None), SIMILARITIES)
vectors("cosine", two, st.CosineSimilarityLoss(None), SIMILARITIES)
vectors("triplet_euclidean", three, st.TripletLoss(None))
vectors("triplet_manhattan", three, st.TripletLoss(None, TripletDistanceMetric.MANHATTAN, 4))
vectors("triplet_cosine", three, st.TripletLoss(None, TripletDistanceMetric.COSINE, 0.5))
vectors("contrastive", two, st.ContrastiveLoss(None, margin=1.2), PAIRS)
vectors("contrastive_euclidean", two, st.ContrastiveLoss(None, SiameseDistanceMetric.EUCLIDEAN, 3), PAIRS)
vectors("online", two, st.OnlineContrastiveLoss(None, margin=1.2), PAIRS)
vectors("margin_mse", all_four, st.MarginMSELoss(None), MARGINS)
case("matryoshka", two, matryoshka)
case("weighted", "logits", lambda x: F.cross_entropy(x[0], TARGETS, WEIGHTS))
case("weighted_smooth", "logits", lambda x: F.cross_entropy(x[0], TARGETS, WEIGHTS, label_smoothing=0.1))
case("binary", "logits", lambda x: F.binary_cross_entropy_with_logits(x[0], MULTI, pos_weight=WEIGHTS))
case("distillation", "logits", distillation)
case("hidden_cosine", "logits", lambda x: F.cosine_embedding_loss(x[0], INPUTS["teacher"], torch.ones(B)))
