import streamlit as st


def draw(space, result):
    st.write("soon")
