"""Literature of the structures, by structure or by name."""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "chain": (
        "Zhang, G. P. (2003). Time series forecasting using a hybrid ARIMA and neural network model. "
        "Neurocomputing 50, 159-175."
    ),
    "cross_fit": "Wolpert, D. H. (1992). Stacked generalization. Neural Networks 5(2), 241-259.",
    "ARIMA-SVM": (
        "Pai, P.-F. and Lin, C.-S. (2005). A hybrid ARIMA and support vector machines model in stock price "
        "forecasting. Omega 33(6), 497-505."
    ),
    "serial": (
        "Sainath, T. N. et al. (2015). Convolutional, long short-term memory, fully connected deep neural "
        "networks. ICASSP."
    ),
    "two-step": (
        "Yosinski, J. et al. (2014). How transferable are features in deep neural networks? Advances in "
        "Neural Information Processing Systems 27."
    ),
    "ensemble": (
        "Bates, J. M. and Granger, C. W. J. (1969). The combination of forecasts. Operational Research "
        "Quarterly 20(4), 451-468."
    ),
    "stacked": "Breiman, L. (1996). Stacked regressions. Machine Learning 24, 49-64.",
    "greedy": (
        "Caruana, R., Niculescu-Mizil, A., Crew, G. and Ksikes, A. (2004). Ensemble selection from libraries of "
        "models. ICML."
    ),
}
