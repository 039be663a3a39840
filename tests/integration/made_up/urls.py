"""Label Studio's routes and a new one."""

from django.http import JsonResponse
from django.urls import include, path
from rest_framework.views import APIView


class BrandNewAPI(APIView):
    def get(self, request):
        return JsonResponse({"all": "the gold"})


urlpatterns = [path("api/brand-new/", BrandNewAPI.as_view()), path("", include("core.urls"))]
