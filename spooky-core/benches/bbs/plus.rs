//! The peer `bbs_plus` 0.25, its scheme with the same relation as the draft's ("BBS 2023"), as fast
//! as it goes: generators and keys prepared once, messages hashed beforehand.

use std::collections::BTreeMap;

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::PrimeField;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use bbs_plus::prelude::{
    KeypairG2, PoKOfSignature23G1Proof, PoKOfSignature23G1Protocol, PreparedPublicKeyG2,
    PreparedSignatureParams23G1, Signature23G1, SignatureParams23G1,
};
use dock_crypto_utils::signature::MessageOrBlinding;
use sha2_10::{Digest, Sha256};

pub struct Plus {
    parameters: SignatureParams23G1<Bls12_381>,
    prepared: PreparedSignatureParams23G1<Bls12_381>,
    keys: KeypairG2<Bls12_381>,
    public: PreparedPublicKeyG2<Bls12_381>,
    messages: Vec<Fr>,
    shown: BTreeMap<usize, Fr>,
    random: StdRng,
}

fn scalar(bytes: &[u8]) -> Fr {
    Fr::from_le_bytes_mod_order(&Sha256::digest(bytes))
}

impl Plus {
    pub fn new(texts: &[Vec<u8>], shown: usize) -> Self {
        let count = u32::try_from(texts.len()).unwrap();
        let parameters = SignatureParams23G1::new::<Sha256>(b"bench", count);
        let keys = KeypairG2::generate_using_seed_and_bbs23_params::<Sha256>(&[7], &parameters);
        let messages: Vec<Fr> = texts.iter().map(|text| scalar(text)).collect();
        Self {
            prepared: parameters.clone().into(),
            public: keys.public_key.clone().into(),
            shown: messages.iter().copied().take(shown).enumerate().collect(),
            random: StdRng::seed_from_u64(1),
            parameters,
            keys,
            messages,
        }
    }

    pub fn key_generation(&self) {
        KeypairG2::generate_using_seed_and_bbs23_params::<Sha256>(&[7; 32], &self.parameters);
    }

    pub fn sign(&mut self) -> Signature23G1<Bls12_381> {
        let secret = &self.keys.secret_key;
        Signature23G1::new(&mut self.random, &self.messages, secret, &self.parameters).unwrap()
    }

    pub fn verify(&self, signature: &Signature23G1<Bls12_381>) {
        signature
            .verify(&self.messages, self.public.clone(), self.prepared.clone())
            .unwrap();
    }

    pub fn prove(&mut self, signature: &Signature23G1<Bls12_381>) -> Vec<u8> {
        let messages = self.messages.iter().enumerate().map(|(index, message)| {
            if self.shown.contains_key(&index) {
                MessageOrBlinding::RevealMessage(message)
            } else {
                MessageOrBlinding::BlindMessageRandomly(message)
            }
        });
        let random = &mut self.random;
        let protocol =
            PoKOfSignature23G1Protocol::init(random, signature, &self.parameters, messages)
                .unwrap();
        let mut contribution = Vec::new();
        protocol
            .challenge_contribution(&self.shown, &self.parameters, &mut contribution)
            .unwrap();
        let proof = protocol.gen_proof(&scalar(&contribution)).unwrap();
        let mut octets = Vec::new();
        proof.serialize_compressed(&mut octets).unwrap();
        octets
    }

    pub fn verify_proof(&self, octets: &[u8]) {
        let proof = PoKOfSignature23G1Proof::<Bls12_381>::deserialize_compressed(octets).unwrap();
        let mut contribution = Vec::new();
        proof
            .challenge_contribution(&self.shown, &self.parameters, &mut contribution)
            .unwrap();
        proof
            .verify(
                &self.shown,
                &scalar(&contribution),
                self.public.clone(),
                self.prepared.clone(),
            )
            .unwrap();
    }
}
