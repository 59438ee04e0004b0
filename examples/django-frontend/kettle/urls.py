from django.urls import path

from kettle import views

urlpatterns = [path("", views.index)]
