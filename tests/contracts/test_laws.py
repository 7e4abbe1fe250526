"""Every law fulfils the contract, and broken laws do not."""

from dataclasses import replace

import law_contract
import numpy as np
import pytest

import fitkit as fk


@pytest.mark.parametrize("check", law_contract.CONTRACT, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", list(fk.models()))
def test_law(name, check):
    check(fk.get_model(name))


HLN = fk.get_model("hln")


def _mutating(field, alpha, L_phi):
    np.abs(field, out=field)
    return HLN.function(field, alpha, L_phi)


BROKEN = {
    "wrong sign": (replace(HLN, function=lambda field, alpha, L_phi: -HLN.function(field, alpha, L_phi), value_and_gradient=None,
                           gradient=lambda field, alpha, L_phi: tuple(-g for g in HLN.gradient(field, alpha, L_phi))), law_contract.meets_its_reference_points),
    "wrong prefactor": (replace(HLN, function=lambda field, alpha, L_phi: np.pi * HLN.function(field, alpha, L_phi), value_and_gradient=None,
                                gradient=lambda field, alpha, L_phi: tuple(np.pi * g for g in HLN.gradient(field, alpha, L_phi))),
                        law_contract.meets_its_reference_points),
    "no reference": (replace(HLN, checks=()), law_contract.meets_its_reference_points),
    "wrong derivative": (replace(HLN, value_and_gradient=None, gradient=lambda field, alpha, L_phi: (HLN.gradient(field, alpha, L_phi)[0],
                                                                                                  0.5 * HLN.gradient(field, alpha, L_phi)[1])),
                         law_contract.gradient_is_the_derivative),
    "nan at zero": (replace(HLN, function=lambda field, alpha, L_phi: np.where(field == 0, np.nan, HLN.function(field, alpha, L_phi)), value_and_gradient=None,
                            gradient=HLN.gradient), law_contract.is_finite_at_zero_and_below),
    "scalar parameters only": (replace(HLN, function=lambda field, alpha, L_phi: HLN.function(field, float(np.ravel(alpha)[0]), float(np.ravel(L_phi)[0])),
                                       value_and_gradient=None), law_contract.broadcasts),
    "looks at all of x": (replace(HLN, function=lambda field, alpha, L_phi: HLN.function(field, alpha, L_phi) * field.max(), value_and_gradient=None),
                          law_contract.stacks),
    "writes into its input": (replace(HLN, function=_mutating, value_and_gradient=None, gradient=HLN.gradient), law_contract.leaves_inputs_untouched),
    "scan misses the range": (replace(HLN, params=(HLN.params[0], replace(HLN.params[1], scan=lambda field: np.array([1e-3, 2e-3])))),
                              law_contract.recovers_noise_free_data_without_a_start),
}


@pytest.mark.parametrize("what", BROKEN)
def test_contract_catches(what):
    broken, check = BROKEN[what]
    with pytest.raises(AssertionError):
        check(broken)


def test_reversed_sign_recovers_itself():
    """Why reference points are needed: a law with alpha reversed passes every round trip."""
    broken, _ = BROKEN["wrong sign"]
    law_contract.recovers_noise_free_data_without_a_start(broken, trials=3)


def test_a_table_that_does_not_match_the_function_is_refused():
    with pytest.raises(fk.FitkitError, match="its function takes"):
        replace(HLN, params=HLN.params[::-1])
    with pytest.raises(fk.FitkitError, match="unknown unit"):
        replace(HLN, params=(HLN.params[0], replace(HLN.params[1], unit="furlong")))
    with pytest.raises(fk.FitkitError, match="occurs twice"):
        replace(HLN, params=(HLN.params[0], HLN.params[0]))


@pytest.mark.parametrize("name", [name for name in fk.models() if "magnetoconductance" in fk.get_model(name).function.__module__])
def test_every_law_of_interference_says_which(name):
    """Dimension, symmetry class and spin processes: in the law, in the listing, and in agreement with its parameters."""
    law = fk.get_model(name)
    assert law.physics is not None and str(law.physics) in repr(fk.models()) and law.physics.dimension in law.describe()
    names = {p.name for p in law.params}
    assert ("spin-orbit" in law.physics.holds) == any(one.startswith(("B_so", "L_so", "B_asy")) for one in names)
    assert ("Zeeman" in law.physics.holds) == ("g" in names) and ("magnetic impurities" in law.physics.holds) == ("B_s" in names)
    assert (law.physics.dimension == "3D") == (law.y.name == "delta_conductivity") and (law.physics.dimension == "1D") == ("width" in {k.name for k in law.known})


def test_an_unknown_class_is_refused():
    with pytest.raises(fk.FitkitError, match="symplectic"):
        fk.model.Interference("2D", ("chiral",))
